package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func validate(t testing.TB, r *http.Request, body string, w *httptest.ResponseRecorder) {}
