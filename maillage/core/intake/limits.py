"""How much an imported file may hold."""

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CELL = 200_000  # bytes
MAX_MEMBERS = 2_000  # files inside a workbook
MAX_INFLATED = 500_000_000  # bytes of a workbook once inflated
MAX_MEMORY = 3_000_000_000  # bytes of address space for the process that reads one
MAX_SECONDS = 120
