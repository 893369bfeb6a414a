package watch

import (
	"context"
	"io"
	"log/slog"
)

// NewLog is the log of a process, as text or as JSON. Every line that belongs to
// a request has the request's number.
func NewLog(out io.Writer, format string, level slog.Level) *slog.Logger {
	opt := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(numbered{slog.NewJSONHandler(out, opt), false})
	}
	return slog.New(numbered{slog.NewTextHandler(out, opt), false})
}

// requestAttr is the name of a request's number in the log.
const requestAttr = "request"

// numbered adds the request's number to each line, unless it is there already.
type numbered struct {
	slog.Handler
	has bool // With gave a number
}

// Handle writes a line.
func (h numbered) Handle(ctx context.Context, line slog.Record) error {
	if r := Of(ctx); r != nil && !h.has {
		has := false
		line.Attrs(func(a slog.Attr) bool {
			has = a.Key == requestAttr
			return !has
		})
		if !has {
			line.AddAttrs(slog.String(requestAttr, r.ID))
		}
	}
	return h.Handler.Handle(ctx, line)
}

// WithAttrs is the same log with more on each line.
func (h numbered) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		h.has = h.has || a.Key == requestAttr
	}
	h.Handler = h.Handler.WithAttrs(attrs)
	return h
}

// WithGroup is the same log with a group: the number goes along into it.
func (h numbered) WithGroup(name string) slog.Handler {
	h.Handler = h.Handler.WithGroup(name)
	return h
}
