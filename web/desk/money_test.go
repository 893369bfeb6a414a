package desk_test

import (
	"testing"

	"chepiao/web/stage"
)

// TestMoneyPage: without a payment channel the page says so; a day that nobody
// compared offers to; nonsense in the address is refused in words.
func TestMoneyPage(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Get("/desk/money").Want(200, "没有启用支付渠道")
	s.Get("/desk/money?channel=wechat&day=2026-11-21").Want(200, "这一天还没有对账")
	s.Get("/desk/money?day=yesterday").Want(422)
	s.Get("/desk/money.csv?channel=wechat&day=2026-11-21").Want(404)
}
