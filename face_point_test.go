package chepiao_test

import (
	"math"
	"testing"

	"chepiao"
)

func TestFaceSpread(t *testing.T) {
	var s chepiao.FaceSpread
	for _, d := range []int{-5, 0, 123, 419, 420, 421, 499, 2000} {
		s[chepiao.FaceBucket(d)]++
	}
	if s[0] != 2 || s[12] != 1 || s[41] != 1 || s[42] != 2 || s[chepiao.FaceBuckets-1] != 1 || s.Most() != 2 {
		t.Errorf("%v", s)
	}
	for within, n := range map[int]int{419: 4, 429: 6, 428: 4, 499: 7, 1199: 8} {
		if got := s.Within(within); got.N != n || got.Of != 8 || !got.Few() {
			t.Errorf("within %d: %+v, not %d", within, got, n)
		}
	}
	// Values of the interval: R, prop.test(correct = FALSE).
	var many chepiao.FaceSpread
	many[10], many[90] = 85, 15
	got := many.Within(500)
	if got.Few() || math.Abs(got.Low-0.7672) > 1e-4 || math.Abs(got.High-0.9069) > 1e-4 {
		t.Errorf("%+v", got)
	}
	if got := (chepiao.FaceSpread{}).Within(500); got.Low != 0 || got.High != 1 || !got.Few() {
		t.Errorf("of nothing: %+v", got)
	}
}
