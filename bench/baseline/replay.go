package baseline

import (
	"bytes"

	"chepiao"
)

// replay looks for the answer that a verb's id got before. Refusal
// ReplayMismatch for the same id with other inputs.
func replay(v verb, run func(...statement) error) (o Order, ok bool, err error) {
	var input []byte
	var id chepiao.OrderID
	err = run(statement{sql: "SELECT input, order_id FROM verb WHERE id = $1", args: []any{v.id}, each: func(r row) {
		input, id = r.bytes(0), chepiao.OrderID(r.int(1))
	}})
	if err != nil || input == nil {
		return o, false, err
	}
	if !bytes.Equal(input, v.input) {
		return o, false, chepiao.Refuse(chepiao.ReplayMismatch, "该请求编号已用于其他内容", "this idempotency key was used for something else").At("Idempotency-Key")
	}
	return o, true, run(readOrder(id, "", &o)...)
}
