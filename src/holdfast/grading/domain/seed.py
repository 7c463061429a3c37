"""The seed of an attempt: nobody can guess it, and with the secret anyone can find it again.

PURE. HMAC-SHA256 of the course's seed secret over student, test and attempt.
"""

import hmac
from hashlib import sha256

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.roster import UserId


def attempt_seed(secret: bytes, uid: UserId, test: TestId, attempt: AttemptId) -> str:
    """The seed as 64 hex digits, to be stored with the attempt."""
    return hmac.digest(secret, f"{uid}/{test}/{attempt}".encode(), sha256).hex()
