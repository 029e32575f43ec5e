"""The style sheet of notebook outputs."""

# Colours are mixed with the text's own: they follow whatever theme the notebook has, light or dark.
STYLE = """
.typed-artifacts{--line:color-mix(in srgb,currentColor 18%,transparent);
--soft:color-mix(in srgb,currentColor 6%,transparent);line-height:1.5;max-width:60rem}
.typed-artifacts .ta-head{margin:0 0 .4em}
.typed-artifacts .ta-kind{opacity:.7;margin-right:.5em}
.typed-artifacts .ta-title{font-weight:650;font-size:1.08em}
.typed-artifacts p{margin:.4em 0}
.typed-artifacts .ta-quiet{opacity:.75}
.typed-artifacts .ta-box{overflow:auto;max-height:26em;border:1px solid var(--line);
border-radius:8px;margin:.5em 0;width:fit-content;max-width:100%}
.typed-artifacts table{border-collapse:collapse;margin:0;font-size:.95em}
.typed-artifacts .ta-box table th,.typed-artifacts .ta-box table td{text-align:left;
vertical-align:top;padding:.3em .8em;border:0;background:none;max-width:32em;
overflow-wrap:break-word}
.typed-artifacts .ta-box thead th{opacity:.75;font-weight:600;
border-bottom:1px solid var(--line)}
.typed-artifacts tbody tr{background:none}
.typed-artifacts tbody tr:nth-child(even){background:var(--soft)}
.typed-artifacts .ta-box table .ta-number{text-align:right;
font-variant-numeric:tabular-nums;white-space:nowrap}
.typed-artifacts .ta-chip{display:inline-block;border-radius:99px;padding:0 .6em;margin:0 .25em 0 0;
background:color-mix(in srgb,#0c8f88 22%,transparent);white-space:nowrap}
.typed-artifacts .ta-chip.ta-tag{background:color-mix(in srgb,#7a6be0 24%,transparent)}
.typed-artifacts .ta-good{color:color-mix(in srgb,#159947 75%,currentColor)}
.typed-artifacts .ta-bad{color:color-mix(in srgb,#d8362a 75%,currentColor)}
.typed-artifacts code{background:var(--soft);padding:.05em .35em;border-radius:4px}
.typed-artifacts svg text{fill:currentColor;text-anchor:middle;font-size:12.5px}
.typed-artifacts svg .ta-detail{opacity:.7;font-size:11px}
.typed-artifacts svg .ta-edge{fill:none;stroke:currentColor;opacity:.5;stroke-width:1.2}
.typed-artifacts svg .ta-version{fill:color-mix(in srgb,#0c8f88 18%,transparent);stroke:#0c8f88}
.typed-artifacts svg .ta-run{fill:color-mix(in srgb,#c78a14 18%,transparent);stroke:#c78a14}
.typed-artifacts svg .ta-here{stroke-width:2.5}
.typed-artifacts progress{width:18em;vertical-align:middle}
"""
