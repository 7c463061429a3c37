"""Facts that nobody found out are None, and are not judged as faults."""

from holdfast.platform.doctor.facts import Folder, Machine, Software
from holdfast.platform.doctor.findings import exit_code
from holdfast.platform.doctor.judgement import of_folder, of_machine, of_software


def test_what_is_not_known_is_no_problem() -> None:
    findings = [
        *of_software(Software((3, 12))),
        *of_machine(Machine(100_000, 100_000), 100),
        *of_folder(Folder("/d", "new")),
    ]
    assert exit_code(findings) == 0
