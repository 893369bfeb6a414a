package store

import (
	"encoding/binary"
	"fmt"
	"math"
)

// How values look on PostgreSQL's wire, in its binary format.

// postgresRow is a row in the server's binary form.
type postgresRow [][]byte

func (r postgresRow) int(i int) int64 {
	switch b := r[i]; len(b) {
	case 8:
		return int64(binary.BigEndian.Uint64(b))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(b)))
	case 2:
		return int64(int16(binary.BigEndian.Uint16(b)))
	case 1:
		return int64(b[0]) // a truth value
	case 0:
		return 0
	default:
		panic(fmt.Sprintf("store: a number of %d bytes", len(b)))
	}
}

func (r postgresRow) text(i int) string  { return string(r[i]) }
func (r postgresRow) bytes(i int) []byte { return append([]byte{}, r[i]...) }

// encode writes a parameter in the server's binary form for a type.
func encode(v any, oid uint32) ([]byte, error) {
	switch v := v.(type) {
	case int:
		return number(int64(v), oid)
	case int64:
		return number(v, oid)
	case string:
		return []byte(v), nil
	case []byte:
		if v == nil {
			v = []byte{}
		}
		return v, nil
	case float64:
		return binary.BigEndian.AppendUint64(nil, math.Float64bits(v)), nil
	case []string:
		return array(len(v), oidText, func(b []byte, i int) []byte {
			return append(binary.BigEndian.AppendUint32(b, uint32(len(v[i]))), v[i]...)
		}), nil
	case [][]byte:
		return array(len(v), oidBytea, func(b []byte, i int) []byte {
			return append(binary.BigEndian.AppendUint32(b, uint32(len(v[i]))), v[i]...)
		}), nil
	case []int64:
		return array(len(v), oidInt8, func(b []byte, i int) []byte {
			return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, 8), uint64(v[i]))
		}), nil
	}
	return nil, fmt.Errorf("a parameter has type %T", v)
}

// Object ids of the types that the schema uses.
const (
	oidBytea = 17
	oidInt8  = 20
	oidInt2  = 21
	oidInt4  = 23
	oidText  = 25
)

func number(v int64, oid uint32) ([]byte, error) {
	switch oid {
	case oidInt8:
		return binary.BigEndian.AppendUint64(nil, uint64(v)), nil
	case oidInt4:
		return binary.BigEndian.AppendUint32(nil, uint32(v)), nil
	case oidInt2:
		return binary.BigEndian.AppendUint16(nil, uint16(v)), nil
	}
	return nil, fmt.Errorf("a number where the server wants type %d", oid)
}

// array is a list in the server's binary form: one dimension, no gaps.
func array(n int, oid uint32, element func(b []byte, i int) []byte) []byte {
	b := make([]byte, 0, 20+n*16)
	dimensions := uint32(1)
	if n == 0 {
		dimensions = 0
	}
	for _, word := range []uint32{dimensions, 0, oid} {
		b = binary.BigEndian.AppendUint32(b, word)
	}
	if n == 0 {
		return b
	}
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	b = binary.BigEndian.AppendUint32(b, 1)
	for i := range n {
		b = element(b, i)
	}
	return b
}
