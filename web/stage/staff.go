package stage

import (
	"context"
	"net/http"
	"slices"

	"chepiao"
	"chepiao/ident"
)

// Password is everybody's on a stage.
const Password = "a sentence for the stage"

// people are who may be on a stage, one a role: 1001 is a clerk, 2001 a checker,
// 3001 a dispatcher, 4001 a supervisor, 9001 an administrator.
var people = map[chepiao.StaffNo]ident.Staff{
	"1001": {No: "1001", Name: "王秀英", Roles: []ident.StaffRole{ident.Clerk}},
	"1002": {No: "1002", Name: "赵丽", Roles: []ident.StaffRole{ident.Clerk}},
	"2001": {No: "2001", Name: "李建国", Roles: []ident.StaffRole{ident.Checker}},
	"3001": {No: "3001", Name: "张伟", Roles: []ident.StaffRole{ident.Dispatcher}},
	"4001": {No: "4001", Name: "刘敏", Roles: []ident.StaffRole{ident.Supervisor}},
	"9001": {No: "9001", Name: "陈静", Roles: []ident.StaffRole{ident.Administrator}},
}

// Hire gives somebody an account with the stage's Password. From then on windows
// and desks that have secrets need a person.
func (s *Stage) Hire(no chepiao.StaffNo) {
	s.t.Helper()
	ctx := context.Background()
	if _, err := s.Staff.Get(ctx, no); err == nil {
		return
	}
	code, err := s.Staff.Add(ctx, ident.Act{ID: "hire-" + string(no), By: "stage"}, people[no])
	if err == nil {
		_, err = s.Staff.Choose(ctx, ident.Act{By: "stage"}, code, Password)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// As lets the visits that follow come from a person, at the device that is signed in
// already, if any. They are hired if they are not there.
func (s *Stage) As(no chepiao.StaffNo) {
	s.t.Helper()
	s.Hire(no)
	session, _, err := s.Staff.SignIn(context.Background(), ident.Act{By: "stage"}, no, Password, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Cookies = slices.DeleteFunc(s.Cookies, func(c *http.Cookie) bool { return c.Name == "staff" })
	s.Cookies = append(s.Cookies, &http.Cookie{Name: "staff", Value: session.Token})
}
