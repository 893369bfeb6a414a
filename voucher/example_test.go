package voucher_test

import (
	"bytes"
	"fmt"
	"time"

	"chepiao"
	"chepiao/voucher"
)

// A node signs a voucher, publishes its key, and anybody verifies the code
// and reads what it says. This is also all that "chepiao verify" has to do.
func Example() {
	now := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	random := bytes.NewReader(bytes.Repeat([]byte{42}, 32)) // a node takes crypto/rand.Reader
	key, err := voucher.Generate("HB01", chepiao.ProfileEd25519, random, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	ring, _ := voucher.NewRing(key)

	day := chepiao.DayOf(now)
	code, err := ring.Sign(chepiao.Claims{
		Issuer: "HB01", Ticket: chepiao.TicketID(chepiao.LaneID(1, 1)), Departure: chepiao.MakeDepartureID(1042, day),
		Number: "JA1001", Day: day, Depart: 14*3600 + 30*60, From: 1001, To: 1203, Seat: 12,
		NotBefore: now, Expires: now.Add(24 * time.Hour), Version: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	list, _ := ring.Publish(1, now, ring.Public()...)

	directory, err := voucher.ParseDirectory(list)
	if err != nil {
		fmt.Println(err)
		return
	}
	verdict := directory.Verify(code, now)
	_, sentence := verdict.Text()
	fmt.Println(verdict.Valid, sentence)
	for _, l := range verdict.Explain(nil, map[chepiao.StationNo]string{1001: "Shijiazhuang"})[7:10] {
		fmt.Println(l.Number, l.NameEN, "=", l.Value, "|", l.EN)
	}
	// Output:
	// true The voucher is genuine and valid (checked offline: refunds and re-issues are not known here)
	// -65537.3 service day = 2026-11-22 | The service day is 2026-11-22; times past 24:00 are on the next morning.
	// -65537.4 departure number = JA1001 | The departure's number is JA1001.
	// -65537.5 departs = 14:30 | The coach is planned to leave the boarding stop at 14:30.
}
