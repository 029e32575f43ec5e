"""Says in options of the command what messages of the library say in arguments of Python."""

from __future__ import annotations

import re
from typing import Final

# A phrase of a message, as a regular expression → its replacement on the command line. Whole
# phrases, because names of files or versions that look like arguments must stay unchanged.
_PHRASES: Final = (
    (
        r"follow_references=True fetches them, or a set of the schemes and roots that may be: "
        r'\{"s3", "file:///mnt/data"\}\.$',
        "--follow-references fetches them, or --follow those of a scheme or below a URI, such as "
        "--follow s3 or --follow file:///mnt/data.",
    ),
    (r"^follow_references is \{.*\}; .*$", "--follow takes a scheme or a URI, such as s3."),
    (r"\bskip_refused_names=True makes", "--skip-refused-names makes"),
    (
        r"(?<=leaves what is unexpected; )verify\(root, allow_unexpected=True\)"
        r"\.delete_unexpected\(\) deletes it\.",
        "--delete-unexpected deletes it.",
    ),
    (r"; delete_aliases=True deletes", "; --delete-aliases deletes"),
    (r"if that is why, delete_aliases=True deletes", "if that is why, --delete-aliases deletes"),
    (r"^(link|order|include|exclude) is (?=['\[])", r"--\1 is "),
    (r'^link="(hard|reflink)" has no effect: ', r"--link \1 has no effect: "),
    (r"^storage_region is '(.*)'; .*$", r"--storage-region is '\1'; it must be a region's name."),
    (r"; leave storage_region out, or", "; leave --storage-region out, or"),
    (r"^A pattern of (include|exclude) is none: ", r"A pattern of --\1 is none: "),
    (r" that include=\[.*\] and exclude=\[.*\] select\.$", " that --include and --exclude select."),
    (r": include and exclude leave none of ", ": --include and --exclude leave none of "),
    (r" Leave it out with exclude=, or", " Leave it out with --exclude, or"),
    (r", and versions='all' says which:", ", and --all says which:"),
    (r", and versions=\[.*\] says which:", ", and --version says which:"),
    (r"^type_name is empty; give its name\.$", "TYPE is empty; name one, or leave it out."),
    (r"^organization is empty; give its name\.$", "ORG is empty; name one, or leave it out."),
    (
        r"( give something like '[^']*'| Give that) in base_url= or WANDB_BASE_URL\.$",
        r"\1 instead.",
    ),
    (r"; give the key in api_key= or WANDB_API_KEY\.$", "; give the key in WANDB_API_KEY."),
    (r" Set WANDB_API_KEY, pass api_key=, or add ", " Set WANDB_API_KEY, or add "),
    (r" Set WANDB_API_KEY or pass api_key= to use ", " Set WANDB_API_KEY to use "),
    (r" or insist with allow_http=True or ", " or insist with "),
    (r"\(offline=True, or WANDB_MODE\)", "(WANDB_MODE)"),
    (
        r": api\.artifact\(path\), and of that its attributes, files\(\), manifest, download\(\) "
        r"and verify\(\)\.",
        ": show, files, tree, verify and download of its path.",
    ),
    (r"; set them on the artifact that was returned, and save\(\)\.$", "."),
    (r"; give one: \{'name': Reference\(\.\.\.\)\}\.$", "; give a URI that ends with one."),
    (r", or another max_objects\.$", "."),
    (r" not that of PrunePlan\.to_jsonl\(\)\.$", " not that of `typed-artifacts prune --plan`."),
    (r"^public_key is no public key", "--issuer-key is no public key"),
    (
        r": name a folder \(root\), or a store \(files\)\.$",
        ": name a folder, or --files.",
    ),
)
_COMPILED: Final = tuple((re.compile(pattern), words) for pattern, words in _PHRASES)


def in_options(message: str) -> str:
    """A message of the library, with the command's options for the arguments that it names."""
    for pattern, words in _COMPILED:
        message = pattern.sub(words, message)
    return message
