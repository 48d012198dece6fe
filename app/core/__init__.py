"""What every slice stands on: records, money, time, transactions and declarations. Knows no slice and no page."""
