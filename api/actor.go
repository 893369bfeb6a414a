package api

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// actor is who acts for staff in a request: the device whose secret it carries, the
// person whose session, or both; nobody without them.
func (d *door) actor(ctx context.Context) (ident.Actor, error) {
	c := callOf(ctx)
	if c.acting != nil {
		return *c.acting, nil
	}
	var a ident.Actor
	secret, _ := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if secret != "" || d.Devices.IsOpen() {
		if device, ok := d.Devices.Find(secret); ok {
			a.Device = &device
		}
	}
	if token := c.r.Header.Get("Staff-Session"); token != "" {
		s, ok, err := d.Accounts.Find(ctx, token)
		if err != nil {
			return a, fmt.Errorf("finding out who is signed in: %w", err)
		}
		if !ok {
			return a, noSession
		}
		if a.Device != nil && !s.Staff.At(a.Device.Station) {
			return a, wrongStation
		}
		a.Staff = &s.Staff
	}
	if a.Alone = d.Devices.IsOpen(); !a.Alone && a.Device != nil && a.Staff == nil {
		any, err := d.Accounts.Any(ctx)
		if err != nil {
			return a, err
		}
		a.Alone = !any
	}
	c.acting = &a
	return a, nil
}

// may is the device at which somebody acts, if they may do the verb; a person
// without one stands at a desk of the station they have. Refusal Unauthorized.
func (d *door) may(ctx context.Context, v ident.Verb) (ident.Device, error) {
	a, err := d.actor(ctx)
	device := ident.Device{Name: a.By(), Role: ident.Desk, Station: a.Station()}
	if a.Device != nil {
		device = *a.Device
	}
	switch {
	case err != nil:
		return device, err
	case a.May(v):
		return device, nil
	case a.Device == nil && a.Staff == nil:
		return device, noDevice
	case a.NeedsPerson(v) && !a.Alone:
		return device, noPerson
	case a.Staff != nil:
		return device, wrongStaffRole
	}
	return device, wrongRole
}

// staffMay says whether a request comes from staff who may do the verb, and how the
// journal names where.
func (d *door) staffMay(ctx context.Context, v ident.Verb) (by string, may bool, err error) {
	a, err := d.actor(ctx)
	return a.By(), err == nil && a.May(v), err
}

var (
	noDevice       = chepiao.Refuse(chepiao.Unauthorized, "请使用已登记设备的密钥办理", "this needs the secret of a registered device").At("Authorization")
	wrongRole      = chepiao.Refuse(chepiao.Unauthorized, "本设备无权办理此项业务", "this device may not do that").At("Authorization")
	wrongKey       = chepiao.Refuse(chepiao.Unauthorized, "请提供订单密钥", "this needs the order's key or the secret of a device").At("Order-Key")
	noPerson       = chepiao.Refuse(chepiao.Unauthorized, "请先用员工账号登录", "this needs somebody who has signed in").At("Staff-Session")
	noSession      = chepiao.Refuse(chepiao.Unauthorized, "登录已失效，请重新登录", "this session is over: sign in again").At("Staff-Session")
	wrongStation   = chepiao.Refuse(chepiao.Unauthorized, "您的账号不能在本站使用", "your account is not for this station").At("Staff-Session")
	wrongStaffRole = chepiao.Refuse(chepiao.Unauthorized, "您的岗位在本设备上不能办理这项业务", "your role may not do that here").At("Staff-Session")
)

// verb is the office's name for a request: the client's idempotency key, or a
// new one, and who acts. A person stands in it where staff act and not a buyer.
func (d *door) verb(ctx context.Context, key, by string) (office.Verb, error) {
	if key == "" {
		id, err := uuid.NewV7FromReader(d.Rand)
		if err != nil {
			return office.Verb{}, fmt.Errorf("making an idempotency key: %w", err)
		}
		key = id.String()
	}
	v := office.Verb{ID: key, By: by}
	kiosk := false
	if a := callOf(ctx).acting; a != nil && by == a.By() {
		v.Who = a.Who()
		kiosk = a.Device != nil && a.Device.Role == ident.Kiosk
	}
	if v.Who == "" && !kiosk {
		return v, nil
	}
	shift, _, err := d.Office.OpenShiftOf(ctx, v.Who, by)
	v.Shift = shift.ID
	return v, err
}
