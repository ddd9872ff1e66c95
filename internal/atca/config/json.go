package config

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// jsonSchema is the version of the JSON form.
const jsonSchema = 1

// jsonZone is the JSON form: the chip's own fields by name, then one object a
// slot. Words are for people and are ignored on the way in.
type jsonZone struct {
	Schema int               `json:"schema"`
	Part   string            `json:"part"`
	Fields json.RawMessage   `json:"fields"`
	Slots  []json.RawMessage `json:"slots"`
	Words  *jsonWords        `json:"words,omitempty"`
}

// jsonWords is the zone as a person reads it.
type jsonWords struct {
	Fields []Line     `json:"fields"`
	Slots  [][]string `json:"slots"`
}

// MarshalJSON writes every field of the table, reserved ones included, so that
// nothing is lost on the way back.
func (z Zone) MarshalJSON() ([]byte, error) { return json.Marshal(z.jsonForm()) }

// DescribeJSON is MarshalJSON with Describe and DescribeSlot beside the values,
// as a member "words" that UnmarshalJSON takes and ignores. It ends with a
// newline.
func (z Zone) DescribeJSON() ([]byte, error) {
	form := z.jsonForm()
	form.Words = &jsonWords{Fields: z.Describe()}
	for n := range Slots {
		form.Words.Slots = append(form.Words.Slots, z.DescribeSlot(n))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // a person may read this
	err := enc.Encode(form)
	return b.Bytes(), err
}

// jsonForm fills everything but the words.
func (z Zone) jsonForm() jsonZone {
	table := Fields(z.Part())
	form := jsonZone{
		Schema: jsonSchema,
		Part:   z.Part().String(),
		Fields: z.jsonObject(nil, ofSlot(table, NoSlot)),
	}
	for n := range Slots {
		number := fmt.Appendf(nil, "%q:%d", slotMember, n)
		form.Slots = append(form.Slots, z.jsonObject(number, ofSlot(table, n)))
	}
	return form
}

// slotMember is the member of a slot's object that repeats its number.
const slotMember = "slot"

// ofSlot picks a slot's fields, or with NoSlot the chip's own.
func ofSlot(table []Field, slot int) []Field {
	var some []Field
	for _, f := range table {
		if f.Slot == slot {
			some = append(some, f)
		}
	}
	return some
}

// jsonObject writes fields as an object in the order of the table, which a map
// would lose.
func (z Zone) jsonObject(first []byte, fields []Field) json.RawMessage {
	b := append([]byte{'{'}, first...)
	for _, f := range fields {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, "%q:%s", f.Key, z.jsonValue(f))
	}
	return append(b, '}')
}

// jsonValue writes one value. Wide fields are digits, not numbers: JavaScript
// and jq round numbers beyond 53 bits.
func (z Zone) jsonValue(f Field) string {
	switch f.Kind {
	case KindFlag:
		return fmt.Sprint(z.Flag(f))
	case KindBytes:
		return fmt.Sprintf("%q", hex.EncodeToString(z[f.Offset:f.Offset+f.span()]))
	default:
		return fmt.Sprint(z.Value(f))
	}
}

// UnmarshalJSON reads what MarshalJSON or DescribeJSON wrote, and nothing less:
// an unknown, missing or repeated field or a value that does not fit is an
// error with the field's name, and leaves z as it was.
func (z *Zone) UnmarshalJSON(data []byte) error {
	var form jsonZone
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&form); err != nil {
		return err
	}
	part, err := form.check()
	if err != nil {
		return err
	}
	table := Fields(part)
	var read Zone
	if err := read.setChip(form.Fields, ofSlot(table, NoSlot)); err != nil {
		return err
	}
	for n, raw := range form.Slots {
		if err := read.setSlot(raw, ofSlot(table, n), n); err != nil {
			return fmt.Errorf("slot %d: %w", n, err)
		}
	}
	if read.Part() != part {
		return fmt.Errorf("part is %s, but RevNum %x is that of an %s", part, read.Revision(), read.Part())
	}
	*z = read
	return nil
}

// check reads the head of the form.
func (j jsonZone) check() (Part, error) {
	if j.Schema != jsonSchema {
		return 0, fmt.Errorf("schema is %d, must be %d", j.Schema, jsonSchema)
	}
	if len(j.Slots) != Slots {
		return 0, fmt.Errorf("slots has %d entries, must have %d", len(j.Slots), Slots)
	}
	for _, p := range []Part{Part608, Part508} {
		if j.Part == p.String() {
			return p, nil
		}
	}
	return 0, fmt.Errorf("part %q is unknown, must be %s or %s", j.Part, Part608, Part508)
}

// setChip reads the chip's own fields.
func (z *Zone) setChip(raw json.RawMessage, fields []Field) error {
	members, err := jsonMembers(raw)
	if err != nil {
		return fmt.Errorf("fields: %w", err)
	}
	return z.setFields(members, fields)
}

// setSlot reads a slot's object, which must stand at its place in the list.
func (z *Zone) setSlot(raw json.RawMessage, fields []Field, n int) error {
	members, err := jsonMembers(raw)
	if err != nil {
		return err
	}
	if got := string(members[slotMember]); got != strconv.Itoa(n) {
		return fmt.Errorf("member %q is %q, must be %d at this place of the list", slotMember, got, n)
	}
	delete(members, slotMember)
	return z.setFields(members, fields)
}

// setFields sets each field from its member; there may be no others.
func (z *Zone) setFields(members map[string]json.RawMessage, fields []Field) error {
	for _, f := range fields {
		raw, ok := members[f.Key]
		if !ok {
			return fmt.Errorf("field %s is missing", f.Key)
		}
		if err := z.setJSON(f, raw); err != nil {
			return fmt.Errorf("field %s: %w", f.Key, err)
		}
		delete(members, f.Key)
	}
	if names := slices.Sorted(maps.Keys(members)); len(names) > 0 {
		return fmt.Errorf("field %s is unknown", names[0])
	}
	return nil
}

// setJSON sets one field. Pointers tell a null from a zero.
func (z *Zone) setJSON(f Field, raw json.RawMessage) error {
	switch f.Kind {
	case KindFlag:
		var set *bool
		if err := json.Unmarshal(raw, &set); err != nil || set == nil {
			return fmt.Errorf("%s is neither true nor false", raw)
		}
		z.setFlag(f, *set)
	case KindBytes:
		return z.setBytes(f, raw)
	default:
		var v *uint64
		if err := json.Unmarshal(raw, &v); err != nil || v == nil || *v > f.Max() {
			return fmt.Errorf("%s is no number from 0 to %d", raw, f.Max())
		}
		z.Set(f, *v)
	}
	return nil
}

// setFlag turns a meaning back into a bit.
func (z *Zone) setFlag(f Field, set bool) {
	var v uint64
	if set != f.ActiveLow {
		v = 1
	}
	z.Set(f, v)
}

// setBytes copies digits; they may be of either case, and all must be there.
func (z *Zone) setBytes(f Field, raw json.RawMessage) error {
	var digits string
	err := json.Unmarshal(raw, &digits)
	b, hexErr := hex.DecodeString(digits)
	if err != nil || hexErr != nil || len(b) != f.span() {
		return fmt.Errorf("%s is no string of %d hexadecimal digits", raw, 2*f.span())
	}
	copy(z[f.Offset:], b)
	return nil
}

// jsonMembers takes an object apart and refuses a name that comes twice, which
// json.Unmarshal would let pass.
func jsonMembers(raw json.RawMessage) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	members := make(map[string]json.RawMessage)
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string) // within an object, every second token is a name
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("field %s comes twice", name)
		}
		members[name] = value
	}
	return members, nil
}
