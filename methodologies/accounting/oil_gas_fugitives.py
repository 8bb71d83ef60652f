"""Scope 1: what leaks from oil and gas systems, by facility, length or throughput, with factors in the row."""

from methodologies.accounting.published import Table
from methodologies.accounting.reported_factor import by_own_factors, rule_of

_TABLE = Table("oil_gas_fugitives")
SOURCE = _TABLE.source(by_own_factors, rule_of("CH4", "t"))
