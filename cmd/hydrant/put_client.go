package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/firehose"

	"hydrant/configs"
	"hydrant/sources/auth"
)

// clientFlags say how to reach the API.
type clientFlags struct {
	Endpoint   string `placeholder:"URL" help:"Address of the API."`
	Region     string `default:"us-east-1" help:"Region to sign requests for, unless a configuration says it."`
	CAFile     string `name:"ca-file" placeholder:"FILE" help:"PEM certificates to trust besides those of the system."`
	ClientCert string `placeholder:"FILE" help:"PEM certificate to show to the server."`
	ClientKey  string `placeholder:"FILE" help:"PEM key of that certificate."`
}

// client returns a client for the stream, by the flags and the configuration
// that was named, if any.
func (f clientFlags) client(ctx context.Context, stream string, from configFlags, std stdio) (*firehose.Client, error) {
	if len(from.Config) == 0 {
		return f.clientFor(ctx, stream, nil)
	}
	cfg, err := from.load(std)
	if err != nil {
		return nil, err
	}
	return f.clientFor(ctx, stream, cfg)
}

// clientFor returns a Firehose client. The sender retries by itself, entry by
// entry, so the client's own retries are off.
func (f clientFlags) clientFor(ctx context.Context, stream string, cfg *configs.Config) (*firehose.Client, error) {
	tlsConfig, err := f.tls(cfg)
	if err != nil {
		return nil, fmt.Errorf("put: %w", err)
	}
	region := f.Region
	if cfg != nil {
		region = cfg.Server.Region
	}
	return firehose.New(firehose.Options{
		Region: region, Retryer: aws.NopRetryer{},
		BaseEndpoint: aws.String(f.endpoint(cfg)),
		Credentials:  clientCredentials(ctx, stream, cfg),
		HTTPClient: &http.Client{Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: tlsConfig, MaxIdleConnsPerHost: 64,
		}},
	}), nil
}

// endpoint returns where the API is.
func (f clientFlags) endpoint(cfg *configs.Config) string {
	switch {
	case f.Endpoint != "":
		return f.Endpoint
	case cfg != nil:
		return apiURL(cfg.Server)
	}
	for _, name := range []string{"AWS_ENDPOINT_URL_FIREHOSE", "AWS_ENDPOINT_URL"} {
		if v := os.Getenv(name); v != "" {
			return v
		}
	}
	return defaultAPI
}

// clientCredentials returns a key that the configuration gives for the stream,
// or what the SDK finds on this machine, or none: then requests are not signed.
func clientCredentials(ctx context.Context, stream string, cfg *configs.Config) aws.CredentialsProvider {
	if cfg != nil {
		for _, key := range cfg.Server.AccessKeys {
			if (&auth.Key{Streams: key.Streams}).Allows(stream) {
				return credentials.NewStaticCredentialsProvider(key.ID, key.Secret.Reveal(), "")
			}
		}
		if len(cfg.Server.AccessKeys) == 0 {
			return aws.AnonymousCredentials{}
		}
	}
	found, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	if err != nil {
		return aws.AnonymousCredentials{}
	}
	if _, err := found.Credentials.Retrieve(ctx); err != nil {
		return aws.AnonymousCredentials{}
	}
	return found.Credentials
}
