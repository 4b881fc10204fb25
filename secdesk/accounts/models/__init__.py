"""All models of accounts, gathered where Django looks for them."""

from secdesk.accounts.models.factors import LoginState, TotpCredential

__all__ = ["LoginState", "TotpCredential"]
