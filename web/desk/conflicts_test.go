package desk_test

import (
	"net/url"
	"regexp"
	"testing"

	"chepiao"
	"chepiao/web/stage"
)

// TestConflicts: the desk sees both tickets of one person, masked, and gives one back
// with all its money for a reason; a chain that does not hold is shown and cannot be
// settled by a word.
func TestConflicts(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		s := stage.Open(t, stage.Options{})
		s.Lang = lang
		s.Get("/desk/conflicts").Want(200).Lacks("data-conflict")
		s.Get("/desk?" + here).Want(200).Lacks("/desk/conflicts")
		one, two := s.Sell("JA1707", from, to, 1), s.Sell("JA1709", from, to, 2)
		a, b := one.Ticket.ID, two.Ticket.ID
		if err := s.Office.FoundConflict(t.Context(), chepiao.NewTwice(b, a)); err != nil {
			t.Fatal(err)
		}
		if err := s.Office.FoundConflict(t.Context(), chepiao.Conflict{Kind: chepiao.ConflictChain, Node: 2, Lane: 5_000_000, N: 7}); err != nil {
			t.Fatal(err)
		}
		page := s.Get("/desk/conflicts").Want(200, a.String(), b.String(), "5000000").Lacks(one.Name, one.Number, two.Name, two.Number).Golden("conflicts-" + lang)
		s.Get("/desk?"+here).Want(200, `href="/desk/conflicts"`)
		s.Get("/desk/cases?"+here).Want(200, `href="/desk/conflicts"`)
		ids := regexp.MustCompile(`data-conflict="(CF\d+)"`).FindAllStringSubmatch(page.Body, -1)
		if len(ids) != 2 {
			t.Fatalf("%d conflicts are shown", len(ids))
		}
		twice, chain := "/desk/conflicts/"+ids[0][1], "/desk/conflicts/"+ids[1][1]
		form := func(once, reason, ticket string) url.Values {
			return url.Values{"once": {once}, "reason": {reason}, "ticket": {ticket}}
		}
		s.Post(twice+"/refund", form("1", " ", a.String())).Want(422)
		s.Post(twice+"/refund", form("2", "重复购票", "TK15")).Want(422)
		s.Post(chain, form("3", "没有问题", "")).Want(409)
		s.Post("/desk/conflicts/CF0", form("4", "没有问题", "")).Want(422)
		s.Post(twice+"/refund", form("5", "旅客要坐早班", b.String())).Location()
		s.Post(twice+"/refund", form("5", "旅客要坐早班", b.String())).Location() // sent twice
		if ticket, err := s.Office.Ticket(t.Context(), b); err != nil || ticket.State != chepiao.TicketRefunded || ticket.Refund != ticket.Price {
			t.Errorf("the ticket is %+v, %v", ticket, err)
		}
		if ticket, err := s.Office.Ticket(t.Context(), a); err != nil || ticket.State != chepiao.TicketValid {
			t.Errorf("the other one is %+v, %v", ticket, err)
		}
		if n, err := s.Office.TidyConflicts(t.Context(), s.Now()); n != 1 || err != nil {
			t.Errorf("%d conflicts are over, %v", n, err)
		}
		s.Get("/desk/conflicts").Want(200, ids[1][1]).Lacks(ids[0][1])
		s.Get("/desk/conflicts?all=1").Want(200, ids[0][1])
	}
}
