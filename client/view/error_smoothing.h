// SPDX-License-Identifier: MIT
// error_smoothing.h -- a shown position that was wrong does not jump: its error decays over some
//                      frames.
//
// Flow:    the position is corrected -> error_smoothing_add (shown before - shown after);
//          every frame -> error_smoothing_share
// Threads: the client's thread. Time is a parameter.
// Units:   offsets in units and radians, time in seconds of the owner's clock.
// Source:  an error is shown in full and then decays, a large error faster: the scheme of Fiedler's
//          articles on networked physics. The half-lives are those of his 0.95 and 0.85 a frame at
//          60 Hz.
#ifndef TICKSTORM_CLIENT_VIEW_ERROR_SMOOTHING_H
#define TICKSTORM_CLIENT_VIEW_ERROR_SMOOTHING_H

// A difference beyond this is a move to another place, which is shown at once.
#define ERROR_SMOOTHING_TELEPORT_UNITS 160.0

// All zero: no error.
typedef struct ErrorSmoothing {
    double x, y;    // added to the true position, at since_s
    double angle;   // ... and to the direction
    double since_s; // when the decay started
} ErrorSmoothing;

// The true position moved by (-x, -y): the shown one stays where it is at first.
void error_smoothing_add(ErrorSmoothing *smoothing, double x, double y, double angle, double now_s);

// How much of the offset is still shown, 1 to 0.
double error_smoothing_share(const ErrorSmoothing *smoothing, double now_s);

#endif
