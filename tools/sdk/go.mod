module k6ci.invalid/tools/sdk

go 1.26.8

require (
	github.com/grafana/k6-cloud-openapi-client-go v0.0.0-20260106090513-285631296b5d // indirect
	gopkg.in/validator.v2 v2.0.1 // indirect
)
