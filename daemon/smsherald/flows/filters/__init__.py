"""The filters of the template language: what the modules here list is all there is.

Each takes null for null: a missing value stays missing, unless `default` says otherwise; to those
that read something of a text, an empty one is missing. What a filter cannot take raises
UnusableError(INVALID_VALUE).
"""

from smsherald.flows.filters import lists, localized, numbers, reading, texts
from smsherald.flows.filters.listed import FILTERS, LONGEST, LONGEST_WORDS, Filter, printable
from smsherald.flows.filters.localized import CHECKS

__all__ = ["CHECKS", "FILTERS", "LONGEST", "LONGEST_WORDS", "Filter", "printable"]

# Each lists its filters when it is imported.
_ = lists, localized, numbers, reading, texts
