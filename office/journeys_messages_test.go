package office_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"

	"chepiao/message"
	"chepiao/message/smsgate"
)

func init() {
	verbs["gateway"], verbs["messages"] = (*command).gateway, (*command).messages
}

// gateway: from now on there is a gateway that takes text messages.
func (c *command) gateway() string {
	var err error
	c.sms, err = smsgate.New(smsgate.Options{Now: c.clock, Key: smsKey})
	must(c.t, err)
	gate := httptest.NewServer(c.sms)
	c.t.Cleanup(gate.Close)
	c.texts, err = message.NewGateway(message.Config{URL: gate.URL, Key: smsKey})
	must(c.t, err)
	c.close()
	c.open()
	return "open"
}

// messages: what passengers are told now.
func (c *command) messages() (text string) {
	for taken := 1; taken > 0; {
		var err error
		taken, err = c.office.SendMessages(context.Background(), c.clock())
		must(c.t, err)
	}
	all := c.sms.Texts()
	var texts []string // those of one moment have no order
	for _, sent := range all[c.told:] {
		texts = append(texts, sent.Text.Text+"\n")
	}
	slices.Sort(texts)
	text = strings.Join(texts, "")
	c.told = len(all)
	if text == "" {
		return "nobody is told anything"
	}
	return text
}
