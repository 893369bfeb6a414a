// Package chepiao is the domain of electronic coach tickets: stations, lines,
// departures, seats, orders, tickets, fares, refunds, vouchers and checks, and
// the rules that decide about them.
//
// Everything here is a pure function or a value. A function takes facts and
// returns a new value or a *Refusal, the system saying no for a reason that a
// passenger may hear. Nothing here reads a clock, a file, a network or a
// random number: callers bring the time and the ids, so every decision can be
// repeated and explained.
package chepiao
