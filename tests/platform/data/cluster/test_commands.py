"""The words of `holdfast cluster`."""

from holdfast.platform.data.cluster.actions import ACTIONS
from holdfast.platform.data.cluster.commands import CLUSTER


def test_every_word_has_an_action_and_every_action_a_word() -> None:
    assert [task.name for task in CLUSTER.tasks] == list(ACTIONS)
