"""What does not apply to PostgreSQL, by the beginning of a test's id, and why."""

_FILE = "it changes, or reads, the file of SQLite's database"
_ONE_WRITER = "it locks the file of SQLite's database"
_FOLDER = "it counts what is in a folder, to which the tests add a name here"
_MADE = "the tests put a name into the folder before the registry looks at it"
_KEPT = "the secret and the first key of a shared database are in no file"
_VACUUM = "PostgreSQL runs the vacuum itself"
_BACKUP = "a registry in PostgreSQL is copied by pg_dump, or moved"

SKIPPED: dict[str, str] = {
    "tests/local/test_migrations.py": _FILE,
    "tests/local/test_full_disk.py": _FILE,
    "tests/local/test_concurrency_and_kills.py::test_a_file_in_the_way": _FILE,
    "tests/local/test_concurrency_and_kills.py::test_a_database_that_is_gone": _FILE,
    "tests/local/test_folders.py::test_something_else_in_the_place_of_a_part": _FILE,
    "tests/local/test_folders.py::test_the_parts": _FILE,
    "tests/local/test_folders.py::test_a_tilde_is_the_home": _FILE,
    "tests/local/test_folders.py::test_a_child_leaves_the_registry": _FILE,
    "tests/local/test_folders.py::test_what_can_not_be_a_folder": _MADE,
    "tests/local/test_temporary.py::test_a_folder_of_the_users_own_stays": _FILE,
    "tests/local/test_temporary.py::test_nobody_reads_an_empty_database": _FILE,
    "tests/local/test_temporary.py::test_only_what_is_kept_is_written": _FILE,
    "tests/local/test_temporary.py::test_what_is_used_after_a_temporary_registry": _FILE,
    "tests/local/test_serving.py::test_added_keys_are_their_users": _FILE,
    "tests/local/test_same_content.py::test_a_version_that_0_1_0_took": _FILE,
    "tests/local/test_maintenance.py::test_a_row_that_belongs_to_nothing": _FILE,
    "tests/local/test_maintenance.py::test_a_registry_without_its_database": _FILE,
    "tests/local/test_maintenance.py::test_a_move_that_is_done": (
        "what says where a registry was moved names its database, and no folder"
    ),
    "tests/local/test_garbage_collection.py::test_after_everything_is_deleted": _VACUUM,
    "tests/local/test_hostile.py::test_a_writer_waits": _ONE_WRITER,
    "tests/local/test_stopping.py::test_a_second_signal": _ONE_WRITER,
    "tests/local/test_keys.py::test_a_registry_is_the_groups": _FILE,
    "tests/local/test_keys.py::test_the_folder_is_for_its_owner": _FOLDER,
    "tests/local/test_keys.py::test_an_older_folder": _FOLDER,
    "tests/local/test_serving.py::test_the_first_start": (
        "tests/postgres/test_processes.py has the same of a key that no folder keeps"
    ),
    "tests/local/test_keys.py::test_a_first_key_that_was_revoked": (
        "the first key of a shared database is made once; `key add` makes others"
    ),
    "tests/local/test_keys.py::test_a_killed_revoke": _KEPT,
    "tests/local/test_keys.py::test_servers_that_begin_together": _KEPT,
    "tests/local/test_keys.py::test_urls_are_never_signed": _KEPT,
    "tests/local/test_keys.py::test_a_folder_with_other_things": _FOLDER,
    "tests/local/test_many_files.py::test_a_hundred_thousand_files": (
        "nothing is known of versions without asking, where others may delete them"
    ),
    "tests/local/test_listing.py::test_a_pattern_passes_over": (
        "PostgreSQL takes no half of a surrogate pair into metadata"
    ),
    "tests/local/test_listing.py::test_statements_of_large_filters": (
        "each engine has a cache of its own, of which only SQLAlchemy knows"
    ),
    "tests/local/test_maintenance.py::test_a_backup": _BACKUP,
    "tests/local/test_maintenance.py::test_a_killed_garbage_collection": _BACKUP,
    "tests/referee/test_migration_guide.py::test_both_ways_to_call_a_run": _BACKUP,
}
