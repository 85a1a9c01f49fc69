package main

import (
	"sort"
	"sync"
	"time"
)

// asker gives each client the function that asks once: what came of it ("" when all is well), how many bytes came,
// and since when. A client's function is used by one goroutine only.
type asker func(client int) func() outcome

type outcome struct {
	failure string
	bytes   int64
	// What counts as the time of the answer; the whole call where it is zero.
	took time.Duration
}

// report of one run; times in milliseconds.
type report struct {
	Answered int `json:"answered"`
	// Those of the time that does not count, too.
	AllAnswered int            `json:"allAnswered"`
	Failed      map[string]int `json:"failed"`
	Seconds     float64        `json:"seconds"`
	PerSecond   float64        `json:"perSecond"`
	Bytes       int64          `json:"bytes"`
	P50         float64        `json:"p50"`
	P99         float64        `json:"p99"`
	Max         float64        `json:"max"`
}

type tally struct {
	all    int
	times  []time.Duration
	failed map[string]int
	bytes  int64
}

// drive lets every client ask until the time is over.
func drive(s settings, begin asker) report {
	tallies := make([]tally, s.clients)
	from := time.Now().Add(s.warm)
	until := from.Add(s.length)
	var all sync.WaitGroup
	for client := range s.clients {
		all.Go(func() { tallies[client] = repeat(begin(client), pace(s, client), s.rate > 0, from, until) })
	}
	all.Wait()
	return sum(tallies, s.length)
}

// pace gives the times at which a client begins: immediately after the last, or evenly spread. A late one stays late, so that what a
// slow answer holds up counts as slow, too.
func pace(s settings, client int) func() time.Time {
	if s.rate == 0 {
		return time.Now
	}
	each := time.Duration(float64(s.clients) / s.rate * float64(time.Second))
	next := time.Now().Add(each * time.Duration(client) / time.Duration(s.clients))
	return func() time.Time {
		due := next
		next = next.Add(each)
		time.Sleep(time.Until(due))
		return due
	}
}

// repeat counts the answers that came within the time, or, at a fixed pace, that were due in it however late they came.
func repeat(ask func() outcome, begins func() time.Time, paced bool, from, until time.Time) tally {
	t := tally{failed: map[string]int{}}
	for {
		due := begins()
		began := time.Now()
		if due.After(until) {
			return t
		}
		got := ask()
		ended := time.Now()
		if got.failure == "" {
			t.all++
		}
		counts := ended
		if paced {
			counts = due
		}
		if counts.Before(from) || counts.After(until) {
			continue
		}
		if got.failure != "" {
			t.failed[got.failure]++
			continue
		}
		if got.took == 0 {
			got.took = ended.Sub(began)
		}
		t.times = append(t.times, got.took+began.Sub(due))
		t.bytes += got.bytes
	}
}

func sum(tallies []tally, length time.Duration) report {
	r := report{Failed: map[string]int{}, Seconds: length.Seconds()}
	var times []time.Duration
	for _, t := range tallies {
		times = append(times, t.times...)
		r.Bytes += t.bytes
		r.AllAnswered += t.all
		for failure, count := range t.failed {
			r.Failed[failure] += count
		}
	}
	sort.Slice(times, func(a, b int) bool { return times[a] < times[b] })
	r.Answered = len(times)
	r.PerSecond = float64(len(times)) / r.Seconds
	r.P50, r.P99, r.Max = quantile(times, 0.5), quantile(times, 0.99), quantile(times, 1)
	return r
}

func quantile(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := min(int(float64(len(sorted))*share), len(sorted)-1)
	return float64(sorted[at].Nanoseconds()) / 1e6
}
