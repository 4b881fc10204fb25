"""All models of accounts, gathered where Django looks for them."""

from secdesk.accounts.models.factors import LoginState, TotpCredential
from secdesk.accounts.models.limits import AttemptBucket

__all__ = ["AttemptBucket", "LoginState", "TotpCredential"]
