package sandbox

import "chepiao"

// words are the texts of the wallet's pages in one language.
type words struct {
	Title, Practice, Pay, Left, Expired, Success, Failure, Later, LateNotice, Seconds, Wait string
	Order, Merchant, Transaction, Back, Missing, Language, LateHint                         string
	State                                                                                   map[chepiao.PaymentState]string

	Controls, Intro, Save, Saved, Charges, None, Amount, Status, Notice, Open string
	Unreachable, Slow, NoticeLost, NoticeTwice, LateSuccess                   string
	RefundPending, RefundRefused                                              string
	NoticeState                                                               map[noticeState]string
}

var texts = map[string]words{
	"zh": {
		Title: "收银台", Practice: "练习钱包 · 不产生真实扣款", Pay: "请付款", Left: "剩余支付时间", Expired: "订单已过支付期限",
		Success: "支付成功", Failure: "支付失败", Later: "稍后再付", LateNotice: "成功但通知延迟", Seconds: "秒", Wait: "延迟",
		Order: "商品", Merchant: "商户", Transaction: "交易单号", Back: "返回商户", Missing: "没有这笔订单", Language: "English",
		LateHint: "订单已关闭，但“关闭后仍可支付”开关已打开：现在付款会成功。",
		State: map[chepiao.PaymentState]string{
			chepiao.PaymentPending: "待支付", chepiao.PaymentPaid: "支付成功",
			chepiao.PaymentFailed: "支付失败", chepiao.PaymentClosed: "订单已关闭",
		},
		Controls: "练习钱包控制台", Intro: "打开开关，演练真实支付渠道可能出现的故障。", Save: "保存", Saved: "已保存",
		Charges: "最近的订单", None: "还没有订单", Amount: "金额", Status: "状态", Notice: "通知", Open: "收银台",
		Unreachable: "渠道不可用（对商户返回 503，付款人仍可付款）", Slow: "应答延迟（秒，0 为关）", NoticeLost: "通知丢失",
		NoticeTwice: "通知重复发送", LateSuccess: "关闭后仍可支付", RefundPending: "退款处理中（不立即到账）", RefundRefused: "拒绝退款",
		NoticeState: map[noticeState]string{waiting: "待发送", delivered: "已送达", lost: "已丢失", givenUp: "已放弃"},
	},
	"en": {
		Title: "Checkout", Practice: "Practice wallet · no money moves", Pay: "To pay", Left: "Time left", Expired: "The time to pay is over",
		Success: "Pay", Failure: "Fail to pay", Later: "Pay later", LateNotice: "Pay, notice comes late", Seconds: "s", Wait: "Delay",
		Order: "Order", Merchant: "Merchant", Transaction: "Transaction", Back: "Back to the merchant", Missing: "There is no such order", Language: "中文",
		LateHint: "The order is closed, but the switch “can be paid after closing” is on: paying now succeeds.",
		State: map[chepiao.PaymentState]string{
			chepiao.PaymentPending: "Waiting for payment", chepiao.PaymentPaid: "Paid",
			chepiao.PaymentFailed: "Payment failed", chepiao.PaymentClosed: "Order closed",
		},
		Controls: "Practice wallet: controls", Intro: "Switch on what goes wrong with real payment channels.", Save: "Save", Saved: "Saved",
		Charges: "Latest orders", None: "No orders yet", Amount: "Amount", Status: "Status", Notice: "Notice", Open: "Checkout",
		Unreachable: "Unreachable (merchants get 503, payers can go on)", Slow: "Answer late (seconds, 0 is off)", NoticeLost: "Notices get lost",
		NoticeTwice: "Notices come twice", LateSuccess: "Can be paid after closing", RefundPending: "Refunds stay under way", RefundRefused: "Refunds are refused",
		NoticeState: map[noticeState]string{waiting: "waiting", delivered: "delivered", lost: "lost", givenUp: "given up"},
	},
}
