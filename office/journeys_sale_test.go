package office_test

import (
	"fmt"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/office"
)

func init() {
	verbs["fares"], verbs["child"] = (*command).fares, (*command).child
}

// rider reads a passenger of a story:
//
//	李小明               an adult with a resident ID
//	李小小*half@20180501  a child at half fare, born on that day
//	李小小*half^1         a child without a document, on that of passenger 1;
//	                     then @ is the birth date that was given
//	~130  !student_card   measured centimetres; the proof that was named
//	+1   +小宝@20210501   a free child along; a free child who is named
//	李小明?               without a document
//	JOHN_SMITH#AB1234567.GBR   a foreigner with a passport
func (c *command) rider(text string) (r office.Rider) {
	r.Phone = "13800005678"
	who, children, _ := strings.Cut(text, "+")
	parts := map[byte]string{}
	for i := len(who) - 1; i >= 0; i-- { // the last part first
		if strings.IndexByte("*@^~!?/#", who[i]) >= 0 {
			parts[who[i]], who = who[i+1:], who[:i]
		}
	}
	if phone, given := parts['/']; given {
		r.Phone = phone // "" is none
	}
	var err error
	r.Name, r.Proof = who, chepiao.Proof(parts['!'])
	r.Kind, err = chepiao.ParseTicketKind(parts['*'])
	must(c.t, err)
	r.Height, _ = strconv.Atoi(parts['~'])
	if n, err := strconv.Atoi(parts['^']); err == nil {
		n--
		r.Guardian, r.Birth = &n, parts['@']
	} else if _, none := parts['?']; !none {
		r.Document, r.Number = string(chepiao.ResidentID), c.document(who, parts['@'])
	}
	if passport := parts['#']; passport != "" {
		r.Name = strings.ReplaceAll(who, "_", " ")
		r.Document, r.Number, r.Nationality = c.passport(r.Name, passport)
	}
	if r.Number == "" && r.Name != "" {
		c.people[r.Name] = "no document" // the name must not show either
	}
	if n, err := strconv.Atoi(children); err == nil {
		r.Children = n
	} else if children != "" {
		name, birth, _ := strings.Cut(children, "@")
		r.Children = 1
		r.Accompanied = []office.Child{{Name: name, Document: string(chepiao.ResidentID), Number: c.document(name, birth)}}
	}
	return r
}

// passport reads AB1234567.GBR. Neither name nor number may show anywhere.
func (c *command) passport(name, text string) (kind, number, nationality string) {
	number, nationality, _ = strings.Cut(text, ".")
	if name != "" {
		c.people[name] = number
	}
	return string(chepiao.Passport), number, nationality
}

// document is the number of somebody's resident ID.
func (c *command) document(name, birth string) string {
	if birth != "" {
		return c.born(name, birth)
	}
	return c.person(name)
}

// fares G101 石家庄 保定 [kinds=full,half]: what every kind of ticket costs, of what, and why.
func (c *command) fares() string {
	f, err := c.office.Fares(c.clock(), c.departure(c.args[0]), c.station(c.args[1]), c.station(c.args[2]))
	if err != nil {
		return c.no(err)
	}
	text := ""
	for _, l := range f.Lines {
		if kinds := c.opt["kinds"]; kinds != "" && !strings.Contains(","+kinds+",", ","+l.Kind.String()+",") {
			continue
		}
		text += fmt.Sprintf("%s %s", l.Kind, l.Fare.Price.Yuan())
		if len(l.Parts) > 1 {
			for i, part := range l.Parts {
				text += fmt.Sprintf("%s%s %s", map[bool]string{true: " = ", false: " + "}[i == 0], part.Item, part.Fen.Yuan())
			}
		}
		text += fmt.Sprintf(" · %s %s\n", l.Because.Rule, l.Because.ZH)
	}
	return text + fmt.Sprintf("free children: %d left · %s", f.ChildrenLeft, f.Names.ZH)
}

// child G101 石家庄 保定 [born=20181122] [height=118] [seat=own] [left=0]
func (c *command) child() string {
	in := office.ChildInput{Departure: c.departure(c.args[0]), From: c.station(c.args[1]), To: c.station(c.args[2]), Birth: c.opt["born"], OwnSeat: c.opt["seat"] == "own", FreeLeft: 1}
	in.Height, _ = strconv.Atoi(c.opt["height"])
	if c.opt["left"] != "" {
		in.FreeLeft, _ = strconv.Atoi(c.opt["left"])
	}
	a, err := c.office.Child(c.clock(), in)
	if err != nil {
		return c.no(err)
	}
	return fmt.Sprintf("%s %s · %s %s", a.Kind, a.Price.Yuan(), a.Because.Rule, a.Because.ZH)
}
