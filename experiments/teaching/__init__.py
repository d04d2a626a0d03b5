"""The teaching lab: a local page on which a class drags sliders, bets, and sees an ensemble of firms answer."""
