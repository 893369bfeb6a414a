package office

import (
	"slices"

	"chepiao"
	"chepiao/pay"
)

// Channels are the payment channels whose payers can pay in this way, in the
// order in which they are to be offered; "" is any way.
func (o *Office) Channels(way chepiao.PayWay) (names []chepiao.PaymentChannel) {
	for _, c := range o.channels {
		if way == "" || slices.Contains(c.Ways(), way) {
			names = append(names, c.Name())
		}
	}
	return names
}

// channel is the named one; nil when it is not set up here, or not any more.
func (o *Office) channel(name chepiao.PaymentChannel) pay.Channel {
	for _, c := range o.channels {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

// channelFor finds the channel and the way of a payer: the first that is set up for
// what was left open. Refusal PaymentRefused when there is none.
func (o *Office) channelFor(name chepiao.PaymentChannel, way chepiao.PayWay) (pay.Channel, chepiao.PayWay, error) {
	for _, c := range o.channels {
		ways := c.Ways()
		if name != "" && c.Name() != name || way != "" && !slices.Contains(ways, way) {
			continue
		}
		if way == "" {
			way = ways[0]
		}
		return c, way, nil
	}
	if len(o.channels) == 0 {
		return nil, "", chepiao.Refuse(chepiao.PaymentRefused, "未开通线上支付", "no online payment is set up here").At("channel")
	}
	return nil, "", chepiao.Refuse(chepiao.PaymentRefused, "这里不能用这种方式支付，请换一种", "this way of paying is not set up here: choose another").At("channel")
}

func saidBy(c chepiao.PaymentChannel) string { return "channel " + string(c) }
