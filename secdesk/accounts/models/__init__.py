"""All models of accounts, gathered where Django looks for them."""

from secdesk.accounts.models.attestations import Attestation
from secdesk.accounts.models.factors import LoginState, TotpCredential
from secdesk.accounts.models.invitations import Enrollee, Invitation, Section
from secdesk.accounts.models.limits import AttemptBucket
from secdesk.accounts.models.paper import CodeSheet, RecoveryCode, SheetCode
from secdesk.accounts.models.passkeys import Passkey, PasskeyChallenge
from secdesk.accounts.models.sessions import KeptForm, Session
from secdesk.accounts.models.tokens import HardwareToken

__all__ = [
    "AttemptBucket",
    "Attestation",
    "CodeSheet",
    "Enrollee",
    "HardwareToken",
    "Invitation",
    "KeptForm",
    "LoginState",
    "Passkey",
    "PasskeyChallenge",
    "RecoveryCode",
    "Section",
    "Session",
    "SheetCode",
    "TotpCredential",
]
