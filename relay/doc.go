// Package relay carries what a province's nodes have decided from one to another:
// between the hub and each of its stations, and nowhere else.
//
// A station enrols once, with a code that the hub gave for it. From then on it
// opens every connection itself: it fetches the network, the rules and the accounts
// of its staff, fetches what the hub has recorded that concerns it, and brings what
// it has recorded. When the network is cut it goes on with what it holds, and makes
// up for everything when the network is back. Each request is signed with the
// station's key and each answer with the hub's; what is carried is chained, so that
// a missing or changed part stops the feed and is shown.
package relay
