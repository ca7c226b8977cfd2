"""Where places would serve best: p-median, maximal covering, p-centre, each proven."""
