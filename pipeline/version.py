"""The version of the code, as it stands in the ledger and in every release."""

VERSION = "0.1.0"
