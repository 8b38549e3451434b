package buffer_test

import (
	"errors"
	"strings"
	"testing"

	"hydrant/buffer"
)

func TestAPartOfTheDiskLeavesTheRestToOthers(t *testing.T) {
	whole := buffer.NewDisk(100)
	greedy, other := whole.Part(60), whole.Part(0)
	if err := greedy.Reserve(60); err != nil {
		t.Fatal(err)
	}
	if err := greedy.Reserve(1); !errors.Is(err, buffer.ErrFull) {
		t.Errorf("beyond its part: %v, want ErrFull", err)
	}
	if err := other.Reserve(40); err != nil {
		t.Errorf("the rest of the whole: %v, want nil", err)
	}
	if err := other.Reserve(1); !errors.Is(err, buffer.ErrFull) {
		t.Errorf("beyond the whole: %v, want ErrFull", err)
	}
	if got := [3]int64{greedy.Used(), other.Used(), whole.Used()}; got != [3]int64{60, 40, 100} {
		t.Errorf("in use: %v, want [60 40 100]: what was refused must not count", got)
	}
	greedy.Force(5) // what has to be written to deliver
	greedy.Free(65)
	if got := [2]int64{greedy.Used(), whole.Used()}; got != [2]int64{0, 40} {
		t.Errorf("after freeing: %v in use, want [0 40]", got)
	}
}

func TestTheRoomOfTheFileSystemBoundsTheBudgetAndItsParts(t *testing.T) {
	whole := buffer.NewDisk(0)
	part := whole.Part(1000)
	whole.SetRoom(10, "the file system is full")
	if err := part.Reserve(6); err != nil {
		t.Errorf("within the room: %v", err)
	}
	if err := part.Reserve(6); !errors.Is(err, buffer.ErrFull) || !strings.Contains(err.Error(), "file system is full") {
		t.Errorf("beyond the room: %v, want ErrFull with the reason", err)
	}
	if err := part.Reserve(4); err != nil {
		t.Errorf("what was refused took room: %v", err)
	}
	whole.SetRoom(-5, "the file system is full")
	if err := part.Reserve(1); !errors.Is(err, buffer.ErrFull) {
		t.Errorf("without room: %v, want ErrFull", err)
	}
	whole.SetRoom(1<<40, "")
	if err := part.Reserve(1); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if part.Used() != 11 {
		t.Errorf("%d bytes in use, want 11", part.Used())
	}
}

func TestAPartOfNoBudgetIsABudget(t *testing.T) {
	var none *buffer.Disk
	part := none.Part(10)
	if err := part.Reserve(10); err != nil {
		t.Fatal(err)
	}
	if err := part.Reserve(1); !errors.Is(err, buffer.ErrFull) {
		t.Errorf("beyond it: %v, want ErrFull", err)
	}
}
