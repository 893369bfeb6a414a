package chepiao

import (
	"fmt"
	"slices"
)

// RealName says whether a line's tickets are sold and checked under real names:
// never, always, or by the line's class and a list of further lines (客规,
// articles 49 and 50, demand it of classes 1 and 2; provinces add lines). A line
// of unknown class is treated as demanding them.
func RealName(l *Line, r *Rules) (bool, Explanation) {
	e := Explanation{Rule: "real_names", Version: r.Version, Inputs: []Input{Given("real_names", r.RealNames), Given("class", l.Class)}}
	needed := true
	switch {
	case r.RealNames == RealNamesNever:
		needed, e.ZH, e.EN = false, "不实行实名制", "no line needs real names"
	case r.RealNames == RealNamesAll:
		e.ZH, e.EN = "所有线路实行实名制", "all lines need real names"
	case l.Class == 0:
		e.Rule, e.ZH, e.EN = "real_name_class", "线路类别未知，按实名制办理", "a line of unknown class needs real names"
	case l.Class <= r.RealNameClass:
		e.Rule, e.ZH, e.EN = "real_name_class", fmt.Sprintf("%d 类线路实行实名制", l.Class), fmt.Sprintf("lines of class %d need real names", l.Class)
	case slices.Contains(r.RealNameLines, l.Code):
		e.Rule, e.ZH, e.EN = "real_name_lines", "该线路列入实名制线路", "this line is on the list of real-name lines"
	default:
		needed, e.Rule = false, "real_name_class"
		e.ZH, e.EN = fmt.Sprintf("%d 类线路不实行实名制", l.Class), fmt.Sprintf("lines of class %d need no real names", l.Class)
	}
	return needed, e
}

// What the rule real_names says (P9393).
const (
	RealNamesNever  = 0
	RealNamesAll    = 1
	RealNamesListed = 2 // by class and list
)
