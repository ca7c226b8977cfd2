"""Results of a wave: from answers to cells that the gate let through, and to words."""
