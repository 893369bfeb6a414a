package device

// What is asked of an ESC/POS printer, and what it answers. The commands are those
// of Epson's reference, which the makers of slip printers share. Real-time ones
// (DLE EOT) are answered at once, also when paper is stuck; GS r waits its turn
// behind all that was sent before it, and so says that all of it has been printed.

var (
	askPrinter = []byte{0x10, 0x04, 1}
	askOffline = []byte{0x10, 0x04, 2}
	askError   = []byte{0x10, 0x04, 3}
	askPaper   = []byte{0x10, 0x04, 4}
	askDone    = []byte{0x1D, 'r', 1}
	kick       = []byte{0x1B, 'p', 0, 25, 250} // pin 2, 50 ms on, 500 ms off
	kickNow    = []byte{0x10, 0x14, 1, 0, 1}   // the same at once, also without paper
)

// Bits of the answers to DLE EOT. Bits 1 and 4 are always set, 0 and 7 never.
const (
	fixedMask, fixedBits = 0x93, 0x12

	printerDrawer  = 1 << 2 // the drawer's contact; which level is open depends on the drawer
	printerOffline = 1 << 3
	offlineCover   = 1 << 2
	offlineFeed    = 1 << 3
	offlinePaper   = 1 << 5
	offlineError   = 1 << 6
	errorJam       = 1 << 2 // recoverable
	errorCutter    = 1 << 3
	errorFatal     = 1 << 5
	errorHot       = 1 << 6 // recovers by itself: the head is too hot
	paperLow       = 3 << 2
	paperOut       = 3 << 5
)

// realtime tells an answer to DLE EOT from one to GS r, which has bit 4 clear.
func realtime(b byte) bool { return b&fixedMask == fixedBits }

func done(b byte) bool { return b&0x90 == 0 }

// health is what the four real-time answers say.
type health struct{ printer, offline, err, paper byte }

// printer is the state of the printer itself.
func (h health) state() Condition {
	switch {
	case h.offline&offlineCover != 0:
		return Condition{Open, "打印机盖板未合上", "the printer's cover is open"}
	case h.err&(errorJam|errorCutter) != 0:
		return Condition{Jam, "打印机卡纸", "paper is stuck in the printer"}
	case h.err&errorFatal != 0:
		return Condition{Fault, "打印机故障，请断电重启或报修", "the printer is broken: switch it off and on, or call for repair"}
	case h.err&errorHot != 0:
		return Condition{Fault, "打印头过热，稍候自动恢复", "the print head is too hot: it goes on by itself"}
	case h.paper&paperOut != 0 || h.offline&offlinePaper != 0:
		return Condition{Out, "打印机缺纸", "the printer is out of paper"}
	case h.offline&offlineError != 0:
		return Condition{Fault, "打印机报错", "the printer reports an error"}
	case h.printer&printerOffline != 0 || h.offline&offlineFeed != 0:
		return Condition{Fault, "打印机脱机", "the printer is off line"}
	}
	return Condition{Ready, "打印机就绪", "printer ready"}
}

// roll is the state of its paper.
func (h health) roll() Condition {
	switch {
	case h.paper&paperOut != 0 || h.offline&offlinePaper != 0:
		return Condition{Out, "纸已用完，请换纸", "no paper left: put in a new roll"}
	case h.paper&paperLow != 0:
		return Condition{Low, "纸将用完", "the paper is nearly used up"}
	}
	return Condition{Ready, "纸充足", "paper ready"}
}

// twice is put before a slip that is printed again because nobody knows how much of
// the first came out: whoever holds both sees which is the second. The text is in
// GB 18030, as the printers speak it.
var twice = []byte("\x1b@\x1c&\x1ba\x01*** \xd6\xd8\xb4\xf2 REPRINT ***\n")
