package device

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"chepiao"
)

// JobState is where a slip is. A job is done only when the printer has said so.
type JobState string

// The states of a job.
const (
	Waiting  JobState = "waiting"  // for its turn, for the printer, or for a person's word
	Printing JobState = "printing" // sent, and not yet confirmed
	Done     JobState = "done"
	Failed   JobState = "failed" // nothing more will be tried
)

// Job is what pages are told of a slip. Why is the state of the printer that it
// waits for, "late" when it waited too long, "dropped" when it was given up, and
// "check" when only a person can see whether it came out: such a job is never
// printed again unasked, and whoever stands there answers again, done or drop.
type Job struct {
	ID    string   `json:"id"`
	State JobState `json:"state"`
	Why   string   `json:"why,omitempty"`
	Ask   bool     `json:"ask"`
	ZH    string   `json:"zh"`
	EN    string   `json:"en"`

	data  []byte
	kick  bool // opens the drawer instead of printing
	since time.Time
}

// Limits of the queue.
const (
	jobsMax     = 50
	jobBytesMax = 1 << 20
	jobNameMax  = 64
	waitMost    = 10 * time.Minute // then whoever asked is gone: nobody else shall get the slip
	jobsKept    = 100              // of finished ones, so that one that is sent twice is done once
)

// queue is the jobs of one printer, first come, first served.
type queue struct {
	now   func() time.Time
	board *board

	mu    sync.Mutex
	jobs  []*Job
	count int64
	come  chan struct{}
}

func newQueue(now func() time.Time, b *board) *queue {
	return &queue{now: now, board: b, count: now().UnixMilli(), come: make(chan struct{}, 1)}
}

// add queues a slip, or finds the one of that id. Refusals: Invalid, TooMany.
func (q *queue) add(id string, data []byte, kick bool) (Job, error) {
	if len(id) > jobNameMax || !kick && (len(data) == 0 || len(data) > jobBytesMax) {
		return Job{}, chepiao.Refuse(chepiao.Invalid, "没有可打印的内容，或内容过长", "there is nothing to print, or too much").At("body")
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := q.find(id); i >= 0 && id != "" {
		return *q.jobs[i], nil
	}
	q.tidy()
	if open := slices.IndexFunc(q.jobs, func(j *Job) bool { return !j.over() }); open >= 0 && len(q.jobs)-open >= jobsMax {
		return Job{}, chepiao.Refuse(chepiao.TooMany, "等待打印的任务过多", "too many slips are waiting").At("body")
	}
	q.count++
	if id == "" {
		id = fmt.Sprintf("J%d", q.count)
	}
	j := &Job{ID: id, State: Waiting, ZH: "等待打印", EN: "waiting for its turn", data: data, kick: kick, since: q.now()}
	q.jobs = append(q.jobs, j)
	select {
	case q.come <- struct{}{}:
	default:
	}
	return *j, nil
}

// answer is what a person says of a job that asks, or that is to be given up.
// Refusals: NotFound, Invalid.
func (q *queue) answer(id, word string) (Job, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := q.find(id)
	if i < 0 {
		return Job{}, chepiao.Refuse(chepiao.NotFound, "没有这个打印任务", "there is no such job").At("id")
	}
	j := q.jobs[i]
	switch {
	case j.State != Waiting:
		return Job{}, chepiao.Refuse(chepiao.Invalid, "打印任务不在等待中", "the job is not waiting").At("do")
	case word == "drop":
		q.put(j, Failed, "dropped", false, "已放弃打印", "given up")
	case word == "done" && j.Ask:
		q.put(j, Done, "", false, "已打印(人工确认)", "printed, as a person has seen")
	case word == "again" && j.Ask:
		j.data = append(slices.Clone(twice), j.data...)
		q.put(j, Waiting, "", false, "等待重打", "waiting to be printed again")
	default:
		return Job{}, chepiao.Refuse(chepiao.Invalid, "应为 again、done 或 drop", "say again, done or drop").At("do")
	}
	return *j, nil
}

// next is the job whose turn it is, nil when there is none or it asks a person.
func (q *queue) next() *Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range q.jobs {
		if j.over() {
			continue
		}
		if q.now().Sub(j.since) > waitMost {
			q.put(j, Failed, "late", false, "等待过久，已取消", "it waited too long and was cancelled")
			continue
		}
		if j.Ask {
			return nil
		}
		return j
	}
	return nil
}

// set says how a job is. One that a person gave up meanwhile stays so: false.
func (q *queue) set(j *Job, state JobState, why string, ask bool, zh, en string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j.over() {
		return false
	}
	q.put(j, state, why, ask, zh, en)
	return true
}

// put needs the lock.
func (q *queue) put(j *Job, state JobState, why string, ask bool, zh, en string) {
	if j.State == state && j.Why == why && j.Ask == ask {
		return
	}
	j.State, j.Why, j.Ask, j.ZH, j.EN = state, why, ask, zh, en
	if j.over() {
		j.data = nil
	}
	q.board.say("job", *j)
}

// about is the job of an id.
func (q *queue) about(id string) (Job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := q.find(id); i >= 0 {
		return *q.jobs[i], true
	}
	return Job{}, false
}

// over says that a job is, for whoever has no lock.
func (q *queue) over(j *Job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return j.over()
}

// list is the jobs that are not over.
func (q *queue) list() []Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	open := []Job{}
	for _, j := range q.jobs {
		if !j.over() {
			open = append(open, *j)
		}
	}
	return open
}

func (q *queue) find(id string) int {
	return slices.IndexFunc(q.jobs, func(j *Job) bool { return j.ID == id })
}

// tidy drops the oldest of the finished ones.
func (q *queue) tidy() {
	for len(q.jobs) > jobsKept && q.jobs[0].over() {
		q.jobs = slices.Delete(q.jobs, 0, 1)
	}
}

func (j *Job) over() bool { return j.State == Done || j.State == Failed }
