package demo

import "chepiao"

// Card is an identity card of somebody invented, as a reader would read it.
type Card struct {
	Kind    chepiao.DocumentKind
	Name    string
	Other   string // a foreigner's name in Chinese
	Number  string
	Nation  string // a foreigner's, ISO 3166 alpha-3
	Born    string // 2021-06-01
	Expires string // 2031-06-01, "" never
}

// Cards are for the simulated reader: people of all ages, names as they are hard
// to type and to print, and every card that such readers read. The first one is
// Person(n), n below 9,000,000.
func Cards(n int) []Card {
	var cards []Card
	for i := range 3 {
		name, number := Person(n + i*411_037)
		born := number[6:10] + "-" + number[10:12] + "-" + number[12:14]
		cards = append(cards, Card{Kind: chepiao.ResidentID, Name: name, Number: number, Born: born, Expires: "2035-05-20"})
	}
	of := func(kind chepiao.DocumentKind, body, name, other, expires string) Card {
		return Card{
			Kind: kind, Name: name, Other: other, Number: body + string(checkCharacter(body)), Expires: expires,
			Born: body[6:10] + "-" + body[10:12] + "-" + body[12:14],
		}
	}
	old := Card{Kind: chepiao.ForeignPRCard, Name: "SMITH, ANNA MARIE", Other: "安娜", Number: "CAN310080010103", Nation: "CAN", Born: "1980-01-01", Expires: "2027-06-15"}
	return append(cards,
		of(chepiao.ResidentID, "13010220190601023", "赵一诺", "", "2029-06-01"), // a child with a card
		of(chepiao.ResidentID, "13010219460315102", "钱桂兰", "", ""),           // who is old, and has it for good
		of(chepiao.ResidentID, "13010219880808451", "李𬭚", "", "2036-08-08"),  // beyond the basic plane
		of(chepiao.ResidentID, "65010219900412331", "阿卜杜热西提·买买提", "", "2034-04-12"),
		of(chepiao.ResidentID, "13010219770101221", "孙过期", "", "2020-01-01"), // the card is out of date
		of(chepiao.HMTResidencePermit, "81000019910716003", "陈浩然", "", "2028-09-01"),
		of(chepiao.ForeignPRCard, "91112419810803002", "WILSON, DANIEL JAMES", "丹尼尔", "2033-12-01"),
		old,
	)
}
