// A face as ArcFace's networks are shown it: 112x112 pixels, turned and scaled so that eyes, nose and corners of the
// mouth lie where the training's faces had them (Deng et al., arXiv 1801.07698; the five points of insightface's
// 112x112 template, which foamliu/MobileFaceNet at a6cc903 writes with the crop's width of 96).
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>
#include <optional>

#include "datasets/faces/models.h"

namespace bfr {

constexpr int kArcFaceSide = 112;
using FivePoints = std::array<std::array<double, 2>, 5>;  // left eye, right eye (as seen), nose, corners of the mouth

FivePoints arcface_template();
// From iBUG's 68: the means of the points around each eye, the tip of the nose (30), the mouth's outer corners.
FivePoints arcface_points(const FacePoints& points68);

// The scaled rotation and shift that brings `from` nearest to `to`, by least squares; none where `from` lies in one
// place.
std::optional<cv::Matx23d> nearest_similarity(const FivePoints& from, const FivePoints& to);

// CV_8UC3 of the picture's own channel order, bilinear, black outside of the picture. None where the points fix none.
std::optional<cv::Mat> arcface_chip(const cv::Mat& picture, const FacePoints& points68);

}  // namespace bfr
