package office_test

import "chepiao"

// at is where somebody asks: at=石家庄 is a window of that station, at=window
// one that serves any; without it they ask on line.
func (c *command) at() chepiao.AskedAt {
	switch name := c.opt["at"]; name {
	case "":
		return chepiao.AskedAt{}
	case "window":
		return chepiao.AskedAt{Window: true}
	default:
		return chepiao.AskedAt{Window: true, Station: c.station(name)}
	}
}
