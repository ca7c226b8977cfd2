"""Statistical disclosure control of sums; docs/methods/secrecy.md tells the method."""
