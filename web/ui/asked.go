package ui

import (
	"context"
	"slices"

	"chepiao"
)

// AskedBack are the refunds of an order that were asked for here, of the node that
// owns it, oldest first: the passenger sees how far each is.
func (k *Kit) AskedBack(ctx context.Context, id chepiao.OrderID) ([]chepiao.Asked, error) {
	list, err := k.Office.Asked(ctx, id)
	return slices.DeleteFunc(list, func(a chepiao.Asked) bool { return a.Verb != chepiao.MoveRefund }), err
}
