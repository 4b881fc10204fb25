"""All models of accounts, gathered where Django looks for them."""

from secdesk.accounts.models.factors import LoginState, TotpCredential
from secdesk.accounts.models.limits import AttemptBucket
from secdesk.accounts.models.sessions import KeptForm, Session

__all__ = ["AttemptBucket", "KeptForm", "LoginState", "Session", "TotpCredential"]
