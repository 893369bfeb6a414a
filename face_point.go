package chepiao

import "math"

// What a station's faces came to, as counts: how many looks ended how, and how far
// apart templates were that belonged together and that did not. From these a station
// sees at which distance its own passengers are told apart; a face is in none of it.

// FaceBuckets is how many buckets a distance falls into: hundredths from 0, the last
// has all that is farther.
const FaceBuckets = 120

// FaceBucket is where a distance of so many thousandths is counted.
func FaceBucket(thousandths int) int { return min(max(thousandths, 0)/10, FaceBuckets-1) }

// FaceCounted is what is counted by gate and day.
type FaceCounted string

// What is counted.
const (
	FaceAccepted FaceCounted = "accepted" // looks that let somebody pass
	FaceWalkedUp FaceCounted = "walkup"   // of these, without a claim: the passenger confirmed
	FaceReferred FaceCounted = "referred" // looks after which somebody was asked for the document
	FaceGiven    FaceCounted = "given"    // faces given for a journey
	FaceGenuine  FaceCounted = "genuine"  // distances of passengers to their own template, by bucket
	FaceImpostor FaceCounted = "impostor" // distances of passengers to others' of the departure, by bucket
)

// FaceSpread is how often distances fell into each bucket.
type FaceSpread [FaceBuckets]int

// FaceShare is a share that was counted, with the interval in which the true one lies
// in 95 of 100 cases (Wilson's score interval).
type FaceShare struct {
	N, Of     int
	Low, High float64
}

// Few says that too little was counted to say anything.
func (s FaceShare) Few() bool { return s.Of < faceSamplesLeast }

// faceSamplesLeast is below how many comparisons no share is told: its interval would
// be wider than any difference that a threshold makes.
const faceSamplesLeast = 30

// Within is how many of the distances are at most so many thousandths. A bucket counts
// if all of it is within.
func (s FaceSpread) Within(thousandths int) FaceShare {
	n, of := 0, 0
	for i, c := range s {
		of += c
		if 10*i+9 <= thousandths || 10*i == thousandths {
			n += c
		}
	}
	low, high := wilson(n, of)
	return FaceShare{n, of, low, high}
}

// Most is the largest bucket, to draw by.
func (s FaceSpread) Most() (most int) {
	for _, c := range s {
		most = max(most, c)
	}
	return most
}

// wilson is the 95 % interval of a share (E. B. Wilson, 1927).
func wilson(n, of int) (low, high float64) {
	if of == 0 {
		return 0, 1
	}
	const z = 1.959964
	p, m := float64(n)/float64(of), float64(of)
	middle := p + z*z/(2*m)
	off := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, (middle-off)/(1+z*z/m)), min(1, (middle+off)/(1+z*z/m))
}
