#!/usr/bin/perl
# Prints events as they happen; connects again after a lost connection. Perl 5.14 or newer, no packages for http.
use strict;
use warnings;
use HTTP::Tiny;

$| = 1;
my ($last_id, $pause) = ("", 3);
while (1) {
    my ($rest, $event, @data) = ("", "message");
    my %headers = (Authorization => "Bearer $ENV{PMD_KEY}");
    $headers{"Last-Event-ID"} = $last_id if $last_id ne "";
    my $answer = HTTP::Tiny->new(timeout => 60)->get("$ENV{PMD_URL}/api/pmd/sse", {
        headers => \%headers,
        data_callback => sub {
            $rest .= $_[0];
            while ($rest =~ s/^([^\n]*)\n//) {
                my ($field, $value) = $1 =~ /^([^:]*):? ?(.*)$/;
                if ($field eq "event") { $event = $value }
                elsif ($field eq "data") { push @data, $value }
                elsif ($field eq "id") { $last_id = $value }
                elsif ($field eq "retry") { $pause = $value / 1000 }
                elsif ($field eq "" && $value eq "") {
                    print "$event ", join("\n", @data), "\n" if @data;
                    ($event, @data) = ("message");
                }
            }
        },
    });
    die "$answer->{status} $answer->{reason}\n" if $answer->{status} =~ /^4/;    # the key is revoked, say
    sleep $pause;
}
