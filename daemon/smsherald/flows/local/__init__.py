"""How dates, money and numbers are written in the language of a message: by CLDR's data.

The data come with Babel, which is loaded while a template is compiled that needs it, and not where
none does.
"""

from smsherald.flows.local.here import HERE, Here

__all__ = ["HERE", "Here"]
