package quickstart

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"hydrant/cmd/hydrant/internal/term"
	"hydrant/configs"
)

// An object is one object of a store that is a directory.
type object struct {
	Key   string `json:"key"`
	Bytes int64  `json:"bytes"`
}

// storeDir returns the directory that a store is; false when it is none.
func storeDir(d configs.Destination) (string, bool) {
	if d.S3 == nil {
		return "", false
	}
	dir, ok := strings.CutPrefix(d.S3.Bucket, "file://")
	return filepath.FromSlash(dir), ok
}

// list returns the objects below dir by key; none when there is no dir.
func list(dir string) ([]object, error) {
	var all []object
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		key, err := filepath.Rel(dir, p)
		all = append(all, object{filepath.ToSlash(key), info.Size()})
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("quickstart: %w", err)
	}
	slices.SortFunc(all, func(a, b object) int { return strings.Compare(a.Key, b.Key) })
	return all, nil
}

// without returns the objects of all that are not in old.
func without(all, old []object) []object {
	had := make(map[string]bool)
	for _, o := range old {
		had[o.Key] = true
	}
	return slices.DeleteFunc(slices.Clone(all), func(o object) bool { return had[o.Key] })
}

func totalBytes(objects []object) (n int64) {
	for _, o := range objects {
		n += o.Bytes
	}
	return n
}

// tree draws the first objects as folders within folders.
func tree(objects []object, most int) []string {
	var lines, above []string
	for i, o := range objects {
		if i == most {
			rest := objects[i:]
			return append(lines, fmt.Sprintf("… and %s, %s", moreObjects(len(rest)), term.Bytes(totalBytes(rest))))
		}
		folders := strings.Split(path.Dir(o.Key), "/")
		for depth, name := range folders {
			if depth < len(above) && slices.Equal(above[:depth+1], folders[:depth+1]) {
				continue
			}
			lines = append(lines, strings.Repeat("  ", depth)+term.Plain(name)+"/")
		}
		above = folders
		lines = append(lines, fmt.Sprintf("%s%s  %s", strings.Repeat("  ", len(folders)), term.Plain(path.Base(o.Key)), term.Bytes(o.Bytes)))
	}
	return lines
}

func moreObjects(n int) string {
	if n == 1 {
		return "1 more object"
	}
	return term.Count(int64(n)) + " more objects"
}

func objectCount(n int) string {
	if n == 1 {
		return "1 object"
	}
	return term.Count(int64(n)) + " objects"
}
