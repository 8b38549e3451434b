package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// natsLog is a stream of an embedded NATS server. Each writer has a connection
// within the process.
type natsLog struct {
	server  *server.Server
	conns   []*nats.Conn
	streams []jetstream.JetStream
	whole   []byte // the batch as one message; nil: each record is one
	record  []byte
}

func openNATS(dir string, writers int, whole bool) (*natsLog, error) {
	s, err := server.NewServer(&server.Options{
		DontListen: true, JetStream: true, StoreDir: dir, SyncAlways: true, NoLog: true, NoSigs: true, MaxPayload: 1 << 20,
	})
	if err != nil {
		return nil, fmt.Errorf("logbench: nats: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		return nil, errors.New("logbench: nats does not start")
	}
	n := &natsLog{server: s, record: record(0)}
	if whole {
		n.whole = bytes.Repeat(n.record, records)
	}
	for range writers {
		conn, err := nats.Connect("", nats.InProcessServer(s))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("logbench: nats: %w", err), n.close())
		}
		js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(2*records))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("logbench: nats: %w", err), n.close())
		}
		n.conns, n.streams = append(n.conns, conn), append(n.streams, js)
	}
	_, err = n.streams[0].CreateStream(context.Background(), jetstream.StreamConfig{
		Name: "log", Subjects: []string{"log"}, Storage: jetstream.FileStorage, MaxBytes: 4 << 30, Discard: jetstream.DiscardOld,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("logbench: nats: %w", err), n.close())
	}
	return n, nil
}

func (n *natsLog) append(ctx context.Context, writer int) error {
	js := n.streams[writer]
	if n.whole != nil {
		_, err := js.Publish(ctx, "log", n.whole)
		return err
	}
	acks := make([]jetstream.PubAckFuture, records)
	for i := range acks {
		var err error
		if acks[i], err = js.PublishAsync("log", n.record); err != nil {
			return err
		}
	}
	for _, ack := range acks {
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (n *natsLog) close() error {
	for _, c := range n.conns {
		c.Close()
	}
	n.server.Shutdown()
	n.server.WaitForShutdown()
	return nil
}
